-- Who may what in PostgreSQL. Run it as its administrator, in the database lake; again after an upgrade, which changes nothing:
--   CAPE_DATABASE_PASSWORD=… psql --username=postgres --dbname=lake --set=ON_ERROR_STOP=1 --file=deploy/roles.sql
-- cape_writer runs the pipeline: it makes the tables of the catalog and of Dagster's history, and nothing else is its own.
-- cape_reader is given to people: they attach the lake and change nothing. Their key to the objects may only read, too.
\getenv writer_password CAPE_DATABASE_PASSWORD

-- a statement that fails is written into the server's log, and these hold a password
set log_statement = 'none';
set log_min_error_statement = 'panic';
select 'create role cape_writer login' where not exists (select from pg_roles where rolname = 'cape_writer') \gexec
select 'create role cape_reader' where not exists (select from pg_roles where rolname = 'cape_reader') \gexec
alter role cape_writer password :'writer_password';
reset log_statement;
reset log_min_error_statement;

-- PostgreSQL lets every role connect to every database, and keep temporary tables there
revoke all on database :"DBNAME" from public;
grant connect, temporary on database :"DBNAME" to cape_writer;
grant connect on database :"DBNAME" to cape_reader;

-- what the writer makes from now on, the reader may read, too
revoke all on schema public from public;
grant usage, create on schema public to cape_writer;
grant usage on schema public to cape_reader;
grant select on all tables in schema public to cape_reader;
alter default privileges for role cape_writer in schema public grant select on tables to cape_reader;

-- whose turn it is to write is an advisory lock, which any role may take: a reader could keep every run waiting
select format('revoke execute on function %s from public', oid::regprocedure)
from pg_proc
where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^pg_(try_)?advisory_'
\gexec
select format('grant execute on function %s to cape_writer', oid::regprocedure)
from pg_proc
where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^pg_(try_)?advisory_'
\gexec

-- Dagster's history of runs is the writer's alone
select exists (select from pg_database where datname = 'dagster') as has_history \gset
\if :has_history
\connect dagster
revoke all on database dagster from public;
grant connect, temporary on database dagster to cape_writer;
revoke all on schema public from public;
grant usage, create on schema public to cape_writer;
\endif
