-- edit: change what a show or product is: its name, prices and limits, and give it new pools.
--
-- KEYS    see names.lua
-- ARGV[1] operation id
-- ARGV[2] JSON, what changes: name, price or prices {pool: price} (null = none), pools {name: {capacity}} that are new,
--         hold_seconds, hold_max_seconds, max_per_customer (null = no limit); what is absent stays
-- ARGV[3] the edition that it must have, '' = any
--
-- Returns {"status": "edited", edition, at_ms}, or refused: unknown_inventory, edited_meanwhile {edition}, pool_exists
--         {pools}, too_many_pools {count, most}, unknown_pool {pools}, hold_too_long {hold_seconds, hold_max_seconds},
--         too_many_to_count {reservations, most}.
-- Event   edited {changes: ARGV[2]}.
-- Cost    O(pools); the first limit per customer also counts all reservations, at most MOST_HOLDS of them.
--
-- What is held keeps its deadline and its units, even beyond a new limit. `meta` keeps the definition as it was created,
-- by which create.lua recognises a repeated request; what differs from it is in fields of its own.

local MOST_POOLS, MOST_HOLDS = 100, 5000

local first = redis.call('HGET', OPS, ARGV[1])
if first then return first end
if not open() then return refuse('unknown_inventory') end
local kept = redis.call('HMGET', META, 'edition', 'attributes', 'definition')
local edition = whole(kept[1] or 0, 'edition')
if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= edition then return refuse('edited_meanwhile', {edition = edition}) end

local changes, fields, gone = cjson.decode(ARGV[2]), {}, {} -- fields of meta to write: name, value, ...; and to remove

local function set(name, value)
  fields[#fields + 1], fields[#fields + 2] = name, value
end

-- Why the pools cannot be added, or nothing.
local function add_pools()
  local taken, count = {}, 0
  for name, pool in pairs(changes.pools or {}) do
    if pools[name] then taken[#taken + 1] = name end
    pools[name] = pools[name] or {cap = whole(pool.capacity, name), held = 0, sold = 0, changed = true}
  end
  for _ in pairs(pools) do count = count + 1 end
  table.sort(taken)
  if #taken > 0 then return 'pool_exists', {pools = taken} end
  if count > MOST_POOLS then return 'too_many_pools', {count = count, most = MOST_POOLS} end
end

-- The price for the attributes; none for null.
local function plain(price)
  if price ~= cjson.null then return price end
end

local function set_prices()
  if changes.price == nil and changes.prices == nil then return end
  local attributes, unknown = kept[2] and cjson.decode(kept[2]) or cjson.decode(kept[3]).attributes, {}
  if changes.price ~= nil then attributes.price = plain(changes.price) end
  for name, price in pairs(changes.prices or {}) do
    if not pools[name] then unknown[#unknown + 1] = name end
    attributes.prices = attributes.prices or {}
    attributes.prices[name] = plain(price)
  end
  table.sort(unknown)
  if #unknown > 0 then return 'unknown_pool', {pools = unknown} end
  set('attributes', cjson.encode(attributes))
end

local function set_times()
  local times = {hold = meta.hold_ms, hold_max = meta.hold_max_ms}
  for name in pairs(times) do
    local seconds = changes[name .. '_seconds']
    if seconds then
      times[name] = math.floor(seconds * 1000 + 0.5)
      set(name .. '_ms', string.format('%d', times[name]))
    end
  end
  if times.hold > times.hold_max then
    return 'hold_too_long', {hold_seconds = times.hold / 1000, hold_max_seconds = times.hold_max / 1000}
  end
end

-- Where there was no limit, nobody counted the units of customers.
local function count_customers()
  local stored = redis.call('HLEN', HOLDS)
  if stored > MOST_HOLDS then return 'too_many_to_count', {reservations = stored, most = MOST_HOLDS} end
  for _, text in ipairs(redis.call('HVALS', HOLDS)) do
    local hold = cjson.decode(text)
    local customer = hold[CUSTOMER]
    if customer ~= '' and (hold[STATE] == 'held' or hold[STATE] == 'confirmed') then
      for _, line in ipairs(hold[LINES]) do customers[customer] = (customers[customer] or 0) + line[2] end
      recounted[customer] = true
    end
  end
end

local function set_limit()
  local limit = changes.max_per_customer
  if limit == nil then return end
  if limit == cjson.null then
    gone[1] = 'max_per_customer'
    return
  end
  set('max_per_customer', string.format('%d', limit))
  if not meta.limit then return count_customers() end
end

if changes.name then set('name', changes.name) end
for _, change in ipairs({add_pools, set_prices, set_times, set_limit}) do
  local code, numbers = change()
  if code then return refuse(code, numbers) end
end
set('edition', string.format('%d', edition + 1))
local reply = string.format('{"status":"edited","edition":%d,"at_ms":%d}', edition + 1, NOW)
add_change('edited', ARGV[1], {'changes', ARGV[2]})
remember(ARGV[1], reply)
finish(reply)
redis.call('HSET', META, unpack(fields))
if #gone > 0 then
  redis.call('HDEL', META, unpack(gone))
  redis.call('UNLINK', CUST)
end
return reply
