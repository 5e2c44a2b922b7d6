"""The atomic steps of the Redis store, in Lua, which the server runs one at a time.

Keys: `hardening.storage.redis` says how they are named and why those that a script reaches
beside its KEYS lie in the same slot. The counters' rules are those of
`hardening.storage.counters`, line by line; a test runs both side by side.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hardening.storage.counters import FORGET_AFTER_S, MOST_DOUBLINGS

MOST_KEPT_S = 10 * 365 * 24 * 60 * 60  # 10 years, for what is to stay until it is cleared
COUNTER_SLACK_S = 60  # kept longer than it counts, as the server's clock is not the app's


@dataclass(frozen=True, slots=True)
class Script:
    """One script and the name that the server knows it by."""

    text: str
    sha: str


def _script(*parts: str) -> Script:
    text = "\n".join(parts)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


_RECORDS = """
local function parts(raw)  -- owner, value
  local _, owner, rest = struct.unpack('>dHc0', raw)
  return owner, string.sub(raw, rest)
end
local function forget(base, key)
  local raw = redis.call('GET', base .. 'r:' .. key)
  if not raw then return 0 end
  redis.call('DEL', base .. 'r:' .. key)
  local owner = parts(raw)
  if owner ~= '' then redis.call('ZREM', base .. 'o:' .. owner, key) end
  return 1
end
local function keep(base, key, owner, raw, ttl)
  redis.call('SET', base .. 'r:' .. key, raw, 'PX', ttl)
  if owner == '' then return end
  local index, time = base .. 'o:' .. owner, redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', string.format('%.0f', now))
  redis.call('ZADD', index, string.format('%.0f', now + ttl), key)
  redis.call('PEXPIREAT', index, redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')[2])
end
"""

PUT = _script(
    _RECORDS,
    """
local base, key, owner, raw, ttl = unpack(ARGV)
forget(base, key)
keep(base, key, owner, raw, ttl)
""",
)

REPLACE = _script(
    _RECORDS,
    """
local base, old_key, old_value, key, owner, raw, ttl = unpack(ARGV)
local present = redis.call('GET', KEYS[1])
if not present then return 0 end
local _, value = parts(present)
if value ~= old_value then return 0 end
forget(base, old_key)
forget(base, key)
keep(base, key, owner, raw, ttl)
return 1
""",
)

DELETE = _script(_RECORDS, "return forget(ARGV[1], ARGV[2])")

OWNED = _script(
    _RECORDS,
    """
local base, found = ARGV[1], {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local raw = redis.call('GET', base .. 'r:' .. key)
  if raw and parts(raw) == ARGV[2] then
    found[#found + 1] = key
    found[#found + 1] = raw
  end
end
return found
""",
)

DELETE_OWNED = _script(
    _RECORDS,
    """
local base, owner, keep_one, keep_key = unpack(ARGV)
local removed = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if keep_one ~= '1' or key ~= keep_key then
    local raw = redis.call('GET', base .. 'r:' .. key)
    if raw and parts(raw) == owner then removed = removed + forget(base, key) end
  end
end
return removed
""",
)

_COUNTERS = f"""
local FORGET, DOUBLINGS = {FORGET_AFTER_S}, {MOST_DOUBLINGS}
local MOST, SLACK = {MOST_KEPT_S}, {COUNTER_SLACK_S}
local function read(name)
  local raw = redis.call('GET', name)
  if not raw then return nil end
  local window, used, last, ends, full = struct.unpack('>ddddB', raw)
  return {{window = window, used = used, last = last, ends = ends, full = full}}
end
local function write(name, c, now)
  local ttl = math.min(math.max(c.ends - now, 0), MOST) + SLACK
  local raw = struct.pack('>ddddB', c.window, c.used, c.last, c.ends, c.full)
  redis.call('SET', name, raw, 'PX', string.format('%.0f', ttl * 1000))
end
local now = struct.unpack('>d', ARGV[1])
"""

RESERVE = _script(
    _COUNTERS,
    """
local function is_over(claim, c)
  if claim.delays and c.used >= claim.amount then
    return c.used < claim.stop and now >= c.last + FORGET
  end
  return not (c.window - claim.window_s <= now and now < c.window + claim.window_s)
end
local function wait(claim, c)
  if claim.counts_only or c.used < claim.amount then return 0 end
  if not claim.delays then return c.window + claim.window_s - now end
  if c.used >= claim.stop then return math.huge end
  if c.last - now > claim.most then return 0 end
  local doublings = math.min(c.used - claim.amount, DOUBLINGS)
  return math.max(0, c.last + math.min(2 ^ doublings, claim.most) - now)
end
local function take(claim, c)
  local window, used = now, 1
  if c then window, used = c.window, c.used + 1 end
  local full, ends = used >= claim.amount and not claim.counts_only, math.huge
  if not (claim.delays and full) then
    ends = window + claim.window_s
  elseif used < claim.stop then
    ends = now + FORGET
  end
  return {window = window, used = used, last = now, ends = ends, full = full and 1 or 0}
end

local changed, answer, longest, refused_by = {}, {1}, 0, nil
for i, name in ipairs(KEYS) do
  local claim, delays, counts_only = {}, 0, 0
  claim.amount, claim.window_s, claim.most, claim.stop, delays, counts_only =
    struct.unpack('>ddddBB', ARGV[i + 1])
  claim.delays, claim.counts_only = delays == 1, counts_only == 1
  local c = changed[name] or read(name)
  if c and is_over(claim, c) then c = nil end
  local seconds = c and wait(claim, c) or 0
  if seconds > longest then
    longest, refused_by = seconds, i
  elseif not refused_by then
    c = take(claim, c)
    changed[name] = c
    answer[#answer + 1] = struct.pack('>dd', c.window, c.used)
  end
end
if refused_by then return {0, struct.pack('>d', longest), refused_by} end
for name, c in pairs(changed) do write(name, c, now) end
return answer
""",
)

REFUND = _script(
    _COUNTERS,
    """
for i, name in ipairs(KEYS) do
  local c = read(name)
  local window = struct.unpack('>d', ARGV[i + 1])
  if c and now < c.ends and c.window == window then
    if c.used <= 1 then
      redis.call('DEL', name)
    else
      c.used = c.used - 1
      if c.ends == math.huge then c.ends = c.last + FORGET end
      write(name, c, now)
    end
  end
end
""",
)
