-- Counts one request against several limits, all or none, as `window.rs` does it. `now` stands before this.
--
-- KEYS: a window for each limit; then the client that a proof is bound to (optional).
-- ARGV: 1 to count, 0 to look; how many limits; for each its points, window, block and grain (milliseconds); then the
-- client that the proof must be bound to, and for how many milliseconds.
-- Returns for each limit whether it refuses, what is left, and in how many milliseconds it frees something; -1 for a
-- proof that is bound to another client.
--
-- A window is a head (how many requests; when its newest group began; when the block ends, 0: none) and its groups, the
-- oldest first, each with its last request and how many they are.
local table_unpack = unpack
local pack, unpack, sub, call = struct.pack, struct.unpack, string.sub, redis.call
local counts, limits = ARGV[1] == '1', tonumber(ARGV[2])
local bound = KEYS[limits + 1]
if bound then
    local client = ARGV[limits * 4 + 3]
    local first = call('GET', bound)
    if not first then
        call('SET', bound, client, 'PX', ARGV[limits * 4 + 4])
    elseif first ~= client then
        return {-1}
    end
end

-- The groups of a clock that was set back: as old as they were when the last request came.
local function moved(groups, ahead)
    local all = {}
    for at = 1, #groups, 12 do
        local last, count = unpack('>I8I4', groups, at)
        all[#all + 1] = pack('>I8I4', math.max(last - ahead, 0), count)
    end
    return table.concat(all)
end

-- How long it takes until one is admitted, if there are too many.
local function wait(groups, used, points, window, ends)
    local free, at = now, 1
    while used >= points and at <= #groups do
        local last, count = unpack('>I8I4', groups, at)
        used, free, at = used - count, last + window, at + 12
    end
    return math.max(free, ends) - now
end

-- Of each limit: the key; used, begun, ends and groups; the last request and the count of the newest group; whether it is
-- full, and whether a clock that was set back has changed it.
local opened, all = {}, true
for i = 1, limits do
    local key, arg = KEYS[i], i * 4 - 1
    local points, window, block = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1]), ARGV[arg + 2]
    local state = call('GET', key)
    local used, begun, ends, groups, newest, last, changed = 0, 0, 0, '', 0, 0, false
    if state then
        local oldest, count
        if #state > 20 then
            used, begun, ends, oldest, count = unpack('>I4I8I8I8I4', state)
            last, newest = unpack('>I8I4', state, #state - 11)
        else
            used, begun, ends = unpack('>I4I8I8', state)
        end
        groups = sub(state, 21)
        if last > now then
            local ahead = last - now
            groups, begun, last = moved(groups, ahead), math.max(begun - ahead, 0), now
            oldest, changed = unpack('>I8', groups), true
        end
        if ends > now + block then
            ends, changed = now + block, true
        end
        local at = 1
        while oldest and oldest + window <= now do
            used, at = used - count, at + 12
            if at > #groups then
                oldest, newest = nil, 0
            else
                oldest, count = unpack('>I8I4', groups, at)
            end
        end
        if at > 1 then groups = sub(groups, at) end
    end
    local full = ends > now or used >= points
    all = all and not full
    opened[i] = {key, points, window, used, begun, ends, groups, last, newest, full, changed}
end

local answer = {}
for i = 1, limits do
    local key, points, window, used, begun, ends, groups, last, newest, full, changed = table_unpack(opened[i])
    if counts and all then
        if newest > 0 and (last == now or now < begun + ARGV[i * 4 + 2]) then
            groups = sub(groups, 1, -13)
        else
            begun, newest = now, 0
        end
        groups = groups .. pack('>I8I4', now, newest + 1)
        used, ends, last, changed = used + 1, 0, now, true
    elseif counts and full and ends == 0 then
        ends, changed = now + ARGV[i * 4 + 1], true
    end
    if changed then
        local left = math.max(last + window - now, ends - now, 1)
        call('SET', key, pack('>I4I8I8', used, begun, ends) .. groups, 'PX', left)
    end
    local at = #answer
    if full and ends > 0 then
        answer[at + 1], answer[at + 2], answer[at + 3] = 1, 0, wait(groups, used, points, window, ends)
    else
        answer[at + 1], answer[at + 2] = 0, math.max(points - used, 0)
        answer[at + 3] = #groups > 0 and unpack('>I8', groups) + window - now or 0
    end
end
return answer
