-- The clock of Redis, in milliseconds: one for all processes.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
