DROP INDEX meters_by_change;
DELETE FROM plan_limits WHERE unit = 'api_requests';
DELETE FROM meters WHERE unit = 'api_requests';
