import { LONGEST_LEASE_MS } from "../options.ts";

/** No entry is written for longer. What seems to live longer is from before the clock was set back. */
const LONGEST_LIFE_MS = 2 * LONGEST_LEASE_MS;

/** It is always in KEYS[2], so that one sees whether the list is there. */
const ALWAYS = "list";

/** How entries look. Whoever changes that changes this, so that versions of this package do not misread each other. */
const FORMAT = "1";

/**
 * What runs in the server, as one step. It believes what a process says of itself, says what the process may have, and
 * writes both down.
 *
 * KEYS[1] has the entries of all processes, and the keys after KEYS[2] those at one host each. An entry is `held used want
 * since expires number`, under the name of its process, and in KEYS[1] the terms of that process besides: `life total
 * host`. Times are those of the server. `since` is when the process began to hold leases, or to wait for its first.
 * `epoch` says when the server began to count, until when it gives out nothing because it has lost what it knew, how long
 * leases lived before that, and how entries look. The clock may be set back: no time of before may keep anybody waiting.
 *
 * Processes may have different terms. The smallest limits hold for all who have that limit, and keys live as long as the
 * longest lease.
 *
 * A server whose memory is full may throw away each key alone. So KEYS[2] lists the keys of hosts, with the times when
 * they expire: one that is missing before has been lost. KEYS[1] and KEYS[2] are written and expire together: if one is
 * missing, it has been lost.
 *
 * A process may have its fair share, which is as much as it can use if there is enough. If there are more processes than
 * leases, each has one for a turn, and whoever has waited longest is next.
 */
export const LEASE_SCRIPT = `
if redis.replicate_commands then redis.replicate_commands() end
local me, number, known = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local life, longest, turn = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local limits = { tonumber(ARGV[7]), tonumber(ARGV[8]) }
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function read(key)
  local entries, dead, flat = { quietUntil = 0 }, {}, redis.call("HGETALL", key)
  entries.isMissing = #flat == 0
  for i = 1, #flat, 2 do
    local held, used, want, since, expires, last, terms =
      string.match(flat[i + 1], "^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+)([%d ]*)$")
    if flat[i] == "epoch" then
      local began, ends, longestBefore = string.match(flat[i + 1], "^(%d+) (%d+) (%d+) ${FORMAT}$")
      if began == nil then
        entries.isForeign = true
        return entries
      end
      entries.epoch, entries.quietUntil = tonumber(began), tonumber(ends)
      entries.longestBefore = tonumber(longestBefore)
    elseif expires and tonumber(expires) > now and tonumber(expires) <= now + ${LONGEST_LIFE_MS} then
      entries[#entries + 1] = { id = flat[i], held = tonumber(held), used = tonumber(used),
        want = tonumber(want), since = math.min(tonumber(since), now), number = tonumber(last), terms = terms }
    elseif #dead < 1000 then
      dead[#dead + 1] = flat[i]
    end
  end
  if #dead > 0 then redis.call("HDEL", key, unpack(dead)) end
  return entries
end

local function phase(entry)
  if entry.held > 0 then return 2 end
  if entry.want > 0 then return 1 end
  return 0
end

-- Puts what this process says in place of its entry.
local function enter(entries, at)
  local mine
  for _, entry in ipairs(entries) do
    if entry.id == me then mine = entry end
  end
  if mine == nil then
    mine = { id = me, held = 0, want = 0, since = now, number = 0, terms = "" }
    entries[#entries + 1] = mine
  end
  local before = phase(mine)
  mine.held, mine.used, mine.want = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if phase(mine) ~= before then mine.since = now end
  return mine
end

-- What holds for all of them: the smallest limits, and the longest life, also of those who were there before a loss.
local function agree(entries)
  local told, counted = now < entries.quietUntil and entries.longestBefore or 0, {}
  for _, entry in ipairs(entries) do
    local theirs = { string.match(entry.terms, "^ (%d+) (%d+) (%d+)$") }
    told = math.max(told, tonumber(theirs[1] or 0))
    for i = 1, 2 do
      local limit = tonumber(theirs[i + 1] or 0)
      if limit > 0 and limits[i] > 0 then limits[i] = math.min(limits[i], limit) end
    end
    if theirs[2] ~= "0" then counted[#counted + 1] = entry end
  end
  return told, counted
end

-- More want leases than there are: those whose turn it is, those who wait, those whose turn is over.
local function takeTurns(wanting, limit)
  for _, entry in ipairs(wanting) do
    entry.class = 1
    if entry.held > 0 then entry.class = now - entry.since < turn and 0 or 2 end
  end
  table.sort(wanting, function(a, b)
    if a.class ~= b.class then return a.class < b.class end
    if a.since == b.since then return a.id < b.id end
    if a.class == 2 then return a.since > b.since end
    return a.since < b.since
  end)
  local ahead = 0
  for i = 1, limit do
    local entry = wanting[i]
    entry.target, entry.ahead = 1, ahead
    if entry.held == 0 then ahead = ahead + 1 end
  end
end

-- Whoever wants less than an equal part leaves the rest to others. What cannot be divided stays where it is.
local function divide(wanting, limit)
  local fair, left = math.ceil(limit / #wanting), limit
  table.sort(wanting, function(a, b)
    local x, y = math.min(a.demand, fair), math.min(b.demand, fair)
    if x ~= y then return x < y end
    if a.held ~= b.held then return a.held < b.held end
    return a.id < b.id
  end)
  for i, entry in ipairs(wanting) do
    entry.target = math.min(entry.demand, math.floor(left / (#wanting - i + 1)))
    left = left - entry.target
  end
  for i = #wanting, 1, -1 do
    local more = math.min(left, wanting[i].demand - wanting[i].target)
    wanting[i].target = wanting[i].target + more
    left = left - more
  end
end

-- How many of the leases that nobody has are there, after everybody's share is known.
local function share(entries, limit)
  local wanting, free, demand = {}, limit, 0
  for _, entry in ipairs(entries) do
    free = free - entry.held
    entry.demand, entry.target = math.min(entry.used + entry.want, limit), 0
    demand = demand + entry.demand
    if entry.demand > 0 then wanting[#wanting + 1] = entry end
  end
  if demand <= limit then
    for _, entry in ipairs(wanting) do entry.target = entry.demand end
  elseif #wanting > limit then
    takeTurns(wanting, limit)
  else
    divide(wanting, limit)
  end
  return free
end

-- What this process must give up, and how much others wait for. Whoever has most idle connections gives up first.
local function settle(entries, mine, free)
  local lack, others, excess = -free, 0, {}
  for _, entry in ipairs(entries) do
    local missing = entry.target - entry.held
    if missing > 0 then
      lack = lack + missing
      if entry ~= mine then others = others + missing end
    elseif missing < 0 then
      excess[#excess + 1] = entry
    end
  end
  if mine.held <= mine.target then return 0, others end
  table.sort(excess, function(a, b)
    local x, y = a.held - a.used, b.held - b.used
    if x == y then return a.id < b.id end
    return x > y
  end)
  for _, entry in ipairs(excess) do
    local part = math.max(0, math.min(entry.held - entry.target, lack))
    if entry == mine then return part, others end
    lack = lack - part
  end
end

local function judge(entries, mine, limit, quietUntil)
  if limit == 0 then return { could = mine.want, can = mine.want, giveUp = 0, others = 0 } end
  local free = share(entries, limit)
  local giveUp, others = settle(entries, mine, free)
  local could = math.max(0, math.min(mine.want, mine.target - mine.held))
  if now < quietUntil then free = 0 end
  -- Whoever has just passed a lease on asks first, and would have it again. It is for those who have waited longer.
  if mine.ahead and now - mine.since < turn then free = free - mine.ahead end
  return { could = could, can = math.max(0, math.min(could, free)), giveUp = giveUp, others = others }
end

-- The key expires with what is in it.
local function keep(key)
  redis.call("PEXPIRE", key, longest)
  if key ~= KEYS[1] then redis.call("ZADD", KEYS[2], now + longest, key) end
end

local function writeEpoch(key, epoch, quietUntil)
  redis.call("HSET", key, "epoch", string.format("%d %d %d ${FORMAT}", epoch, quietUntil, longest))
  keep(key)
end

local function write(key, mine, granted)
  local before = phase(mine)
  mine.held, mine.used, mine.want = mine.held + granted, mine.used + granted, mine.want - granted
  if phase(mine) ~= before then mine.since = now end
  if key ~= KEYS[1] and phase(mine) == 0 then
    redis.call("HDEL", key, me)
    if redis.call("EXISTS", key) == 0 then redis.call("ZREM", KEYS[2], key) end
    return
  end
  redis.call("HSET", key, me, string.format("%d %d %d %d %d %d%s",
    mine.held, mine.used, mine.want, mine.since, now + life, number, mine.terms))
  keep(key)
end

local all = read(KEYS[1])
if all.isForeign then return redis.error_reply("FORMAT its entries do not look as those of this process") end
local mine = enter(all, 9)
if mine.number > number then return redis.error_reply("STALE the process has asked again since") end
mine.terms = string.format(" %d %d %d", life, limits[1], limits[2])
local told, counted = agree(all)
longest = math.max(longest, told)
local quiet = math.floor(longest / 3 + 0.5)
-- The server has lost what it knew. Before it gives out leases, it waits until the others have told it what they hold.
local epoch, quietUntil = all.epoch or now, math.min(all.quietUntil, now + quiet)
local isListed = redis.call("ZSCORE", KEYS[2], "${ALWAYS}") ~= false
if isListed == all.isMissing or known > 0 and known ~= epoch and quietUntil == 0 then quietUntil = now + quiet end
writeEpoch(KEYS[1], epoch, quietUntil)
redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now)
redis.call("ZADD", KEYS[2], "+inf", "${ALWAYS}")
redis.call("PEXPIRE", KEYS[2], longest)

local hosts, could, can = {}, 0, 0
for i = 3, #KEYS do
  local entries = read(KEYS[i])
  entries.quietUntil = math.min(entries.quietUntil, now + quiet)
  if entries.isMissing and redis.call("ZSCORE", KEYS[2], KEYS[i]) then entries.quietUntil = now + quiet end
  if entries.quietUntil > now then
    writeEpoch(KEYS[i], entries.epoch or now, entries.quietUntil)
  elseif entries.epoch then
    redis.call("HDEL", KEYS[i], "epoch")
  end
  local host = enter(entries, 12 + 3 * (i - 3))
  local verdict = judge(entries, host, limits[2], math.max(quietUntil, entries.quietUntil))
  hosts[i] = { mine = host, verdict = verdict }
  could, can = could + hosts[i].verdict.could, can + hosts[i].verdict.can
end
-- A wish that a host cannot fulfil now keeps nobody else from a connection.
if limits[2] > 0 then mine.want = math.min(mine.want, could) end
local verdict = judge(counted, mine, limits[1], quietUntil)
if limits[2] > 0 then verdict.can = math.min(verdict.can, can) end
local reply = { #all, epoch, told, limits[1], limits[2], verdict.can, verdict.giveUp, verdict.others }
-- With a lease for a host, but none in total, a process can replace a connection to another host.
local budget = verdict.can + mine.held
write(KEYS[1], mine, verdict.can)
for i = 3, #KEYS do
  local host = hosts[i]
  local granted = limits[1] == 0 and host.verdict.can or math.min(host.verdict.can, budget)
  budget = budget - granted
  write(KEYS[i], host.mine, granted)
  reply[#reply + 1] = granted
  reply[#reply + 1] = host.verdict.giveUp
  reply[#reply + 1] = host.verdict.others
end
return reply
`;

/** The process has nothing any more. If it was the last one, nothing is left. */
export const LEAVE_SCRIPT = `
redis.call("HDEL", KEYS[1], ARGV[1])
for i = 3, #KEYS do
  redis.call("HDEL", KEYS[i], ARGV[1])
  if redis.call("EXISTS", KEYS[i]) == 0 then redis.call("ZREM", KEYS[2], KEYS[i]) end
end
local left = redis.call("HGETALL", KEYS[1])
if #left == 2 and left[1] == "epoch" then
  redis.call("HDEL", KEYS[1], "epoch")
  redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", "+inf")
end
return 1
`;
