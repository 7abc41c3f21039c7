-- Roles for the programs, which cannot log in: an operator makes a login for each program, as a member of
-- one of them. What they may do, the lists of the features say (kernel::tables); it is granted after each
-- migration. Where this role may not make roles, an operator does it, and runs `symancy migrate up` again.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['symancy_api', 'symancy_worker'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN RAISE NOTICE 'the role % was not made', name;
        END;
    END LOOP;
END;
$$;

-- Older servers let each role create tables here, and a table of that name would be found first.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
