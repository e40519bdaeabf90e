-- What the interest of every entry was made with: the version of the registry that decided it, and how many spans and
-- exceptions there are.
-- Grain: registry_version.

select
    $registry_version as registry_version,
    (select cast(count(*) as integer) from refunds.interest_growth) as span_count,
    (select cast(count(*) as integer) from refunds.interest_exceptions) as exception_count
