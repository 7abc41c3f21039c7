DROP TABLE privacy_requests;
DROP TYPE privacy_request_status, privacy_request_kind;
