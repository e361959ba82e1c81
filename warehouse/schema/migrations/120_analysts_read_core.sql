-- Analysts read the masked views of core (core.<table>_masked). dbt makes and grants them with the tables; a schema that
-- may not be used hides even what is granted in it.
grant usage on schema core to hub_analyst;
