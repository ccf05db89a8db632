-- create: create one show or product, on sale at once.
--
-- KEYS    see names.lua
-- ARGV[1] the definition: canonical JSON {attributes, hold_max_ms, hold_ms, max_per_customer, name,
--         pools: {name: units}}   ARGV[2] its entry in the list of codes (tasks_app/inventory/reservation_ids.py)
--
-- Returns {"status": "created" | "exists"}, or refused: already_exists.
-- Event   created {pools: {name: {capacity}}}.   Cost O(pools).
--
-- The same definition again is the second delivery of the same request, whatever was sold or restocked in between; a
-- different definition must not change what people already hold.

local known = redis.call('HGET', META, 'definition')
if known then return known == ARGV[1] and '{"status":"exists"}' or refuse('already_exists') end
if redis.call('EXISTS', POOL, HOLDS, EXP, CUST, OPS, LOG) > 0 then impossible('an inventory without its meta') end

local definition = cjson.decode(ARGV[1])
meta = {version = 0, is_listed = true}
pools = {}
local told = {}
for name, units in pairs(definition.pools) do
  pools[name] = {cap = whole(units, name), held = 0, sold = 0, changed = true}
  told[name] = {capacity = units}
end
local kind, id = TARGET:match('^(.-):(.*)$')
redis.call('SADD', KEY.inventories(kind), id)
redis.call('ZADD', KEY.inventory_codes(), 0, ARGV[2])
redis.call('ZADD', KEY.agenda('forget'), 0, TARGET)
add_change('created', '', {'pools', cjson.encode(told)})
local reply = finish('{"status":"created"}')
redis.call('HSET', META, 'definition', ARGV[1], 'status', 'on_sale',
           'hold_ms', string.format('%d', definition.hold_ms),
           'hold_max_ms', string.format('%d', definition.hold_max_ms))
if definition.max_per_customer ~= cjson.null then
  redis.call('HSET', META, 'max_per_customer', string.format('%d', definition.max_per_customer))
end
return reply
