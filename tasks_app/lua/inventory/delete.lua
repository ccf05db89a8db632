-- delete: remove a show or product and everything that is stored about it, if nothing of it is held or sold.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] when it was asked for, unix ms   ARGV[3] its entry in the list of codes
--         (tasks_app/inventory/reservation_ids.py)   ARGV[4] how long a repeated operation is recognised, ms
-- ARGV[5] how many other jobs about it wait   ARGV[6] the version of the ledger that is archived, '' = there is no archive
--
-- Returns {"status": "deleted"}; {"status": "unarchived"} when it has another version; or refused: unknown_inventory,
--         still_live {held, sold, waiting}, too_many_stored {reservations, most}.
-- Event   none: the ledger goes, too.   Cost O(pools + holds): each stored hold leaves the lists in which it is found
--         (finding.lua), of at most MOST_HOLDS. UNLINK leaves the memory to a thread of the server.
--
-- All of it is one step, so no kill leaves a part. A repeated operation must not delete a later show of the same id:
-- a key of its own remembers it, as `ops` is gone; and what was created after it was asked for is another show.

local DONE, MOST_HOLDS = KEY.deleted(ARGV[1]), 20000

if redis.call('EXISTS', DONE) == 1 then return '{"status":"deleted"}' end
local created = redis.call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
if not open() or created and tonumber(created[1]:match('^%d+')) > tonumber(ARGV[2]) then
  return refuse('unknown_inventory')
end
reap(math.huge)
local held, sold, waiting = total('held'), total('sold'), tonumber(ARGV[5])
if held + sold + waiting > 0 then
  return finish(refuse('still_live', {held = held, sold = sold, waiting = waiting}))
end

local stored = redis.call('HLEN', HOLDS)
if stored > MOST_HOLDS then return finish(refuse('too_many_stored', {reservations = stored, most = MOST_HOLDS})) end
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= meta.version + #ledger then return finish('{"status":"unarchived"}') end
local rows = redis.call('HGETALL', HOLDS)
for i = 1, #rows, 2 do delist(rows[i], cjson.decode(rows[i + 1])) end

local kind, id = TARGET:match('^(.-):(.*)$')
redis.call('SET', DONE, '1', 'PX', ARGV[4])
redis.call('UNLINK', META, POOL, HOLDS, EXP, CUST, OPS, LOG)
redis.call('SREM', KEY.inventories(kind), id)
redis.call('ZREM', KEY.inventory_codes(), ARGV[3])
redis.call('ZREM', LOOKS, TARGET)
redis.call('ZREM', KEY.agenda('forget'), TARGET)
redis.call('HDEL', KEY.pauses(), TARGET)
redis.call('HDEL', KEY.pause_notes(), TARGET)
redis.call('ZREM', KEY.pause_ends(), TARGET)
return '{"status":"deleted"}'
