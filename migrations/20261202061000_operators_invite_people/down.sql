DROP TABLE rollout_invitations;
