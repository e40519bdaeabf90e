-- Beside the catalog of the lake, which the server makes itself: Dagster's history of runs.
create database dagster;
