-- set_status: open or close the sale. Holds of a closed sale may still be confirmed; nothing new is taken.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] on_sale | closed
--
-- Returns {"status": "opened" | "closed", at_ms}, or refused: unknown_inventory.
-- Event   opened or closed {}, if it changed.   Cost O(pools).
--
-- Operations may be repeated late and out of order, so `ops` keeps the first answer.

local first = redis.call('HGET', OPS, ARGV[1])
if first then return first end
if not open() then return refuse('unknown_inventory') end
local event = ARGV[2] == 'on_sale' and 'opened' or 'closed'
local reply = string.format('{"status":"%s","at_ms":%d}', event, NOW)
if meta.status == ARGV[2] then return reply end
add_change(event, ARGV[1], {})
remember(ARGV[1], reply)
finish(reply)
redis.call('HSET', META, 'status', ARGV[2])
return reply
