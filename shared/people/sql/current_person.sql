-- The one person that a member of symancy_person sees (migration persons_isolate); NULL: none.
CREATE OR REPLACE FUNCTION current_person() RETURNS UUID AS $$
    SELECT NULLIF(current_setting('symancy.user_id', true), '')::UUID;
$$ LANGUAGE sql STABLE;
