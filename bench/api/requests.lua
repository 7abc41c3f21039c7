-- For wrk: sends the requests of a file in turn, and prints what it saw as one line of JSON.
--   wrk ... -s requests.lua URL -- FILE
-- A line of the file is METHOD <tab> PATH <tab> BODY FILE, or nothing <tab> Name: value ...
-- The requests are built once, before the clock runs.
local requests, n, i = {}, 0, 0

local function body_of(name)
  if name == "-" then return nil end
  local file = assert(io.open(name, "rb"))
  local body = file:read("*a")
  file:close()
  return body
end

function init(args)
  for line in io.lines(args[1]) do
    local parts, headers = {}, {}
    for part in string.gmatch(line, "[^\t]+") do parts[#parts + 1] = part end
    for at = 4, #parts do
      local name, value = string.match(parts[at], "^([^:]+): (.*)$")
      headers[name] = value
    end
    n = n + 1
    requests[n] = wrk.format(parts[1], parts[2], headers, body_of(parts[3]))
  end
end

function request()
  i = i % n + 1
  return requests[i]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,'
      .. '"errors":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
