DROP TABLE invitations;
DROP TABLE members;
DROP FUNCTION organization_keeps_owner;
DROP TYPE member_role;
