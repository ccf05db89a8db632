-- restock: add units to a pool.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] pool   ARGV[3] units to add
--
-- Returns {"status": "restocked", pool, quantity, capacity, at_ms}, or refused: unknown_inventory, unknown_pool.
-- Event   restocked {pool, quantity, capacity}.   Cost O(pools).
--
-- A repeated restock must not add twice: `ops` keeps the first answer.

local first = redis.call('HGET', OPS, ARGV[1])
if first then return first end
if not open() then return refuse('unknown_inventory') end
local pool, quantity = pools[ARGV[2]], whole(ARGV[3], 'quantity')
if not pool then return refuse('unknown_pool', {pools = {ARGV[2]}}) end

pool.cap, pool.changed = pool.cap + quantity, true
local data = {pool = ARGV[2], quantity = quantity, capacity = pool.cap}
add_change('restocked', ARGV[1], {'pool', cjson.encode(ARGV[2]), 'quantity', string.format('%d', quantity),
  'capacity', string.format('%d', pool.cap)})
data.status, data.at_ms = 'restocked', NOW
local reply = cjson.encode(data)
remember(ARGV[1], reply)
return finish(reply)
