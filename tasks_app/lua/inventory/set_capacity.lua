-- set_capacity: set the size of a pool, never below its held and sold units.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] pool   ARGV[3] the new capacity
--
-- Returns {"status": "capacity_changed", pool, capacity, at_ms}, or refused: unknown_inventory, unknown_pool,
--         below_committed {capacity, held, sold}.
-- Event   capacity_changed {pool, capacity}, if it changed; expired for due holds.
-- Cost    O(pools), and O(due holds) when there are too few units.
--
-- Operations may be repeated late and out of order, so `ops` keeps the first answer.

local first = redis.call('HGET', OPS, ARGV[1])
if first then return first end
if not open() then return refuse('unknown_inventory') end
local pool, capacity = pools[ARGV[2]], whole(ARGV[3], 'capacity')
if not pool then return refuse('unknown_pool', {pools = {ARGV[2]}}) end
if capacity < pool.held + pool.sold then reap(math.huge) end
if capacity < pool.held + pool.sold then
  return finish(refuse('below_committed', {capacity = capacity, held = pool.held, sold = pool.sold}))
end

local data = {pool = ARGV[2], capacity = capacity}
local differs = capacity ~= pool.cap
if differs then
  pool.cap, pool.changed = capacity, true
  add_change('capacity_changed', ARGV[1], {'pool', cjson.encode(ARGV[2]), 'capacity', string.format('%d', capacity)})
end
data.status, data.at_ms = 'capacity_changed', NOW
local reply = cjson.encode(data)
if differs then remember(ARGV[1], reply) end
return finish(reply)
