-- Who may what in the catalog. Run it once as its owner, in the database lake, after the first run:
--   psql --dbname=lake --file=deploy/roles.sql
-- The owner runs the pipeline. Readers attach the lake and change nothing; their key to the objects may only read, too.
create role cape_reader;

grant connect on database lake to cape_reader;
grant usage on schema public to cape_reader;
grant select on all tables in schema public to cape_reader;
alter default privileges in schema public grant select on tables to cape_reader;
