-- rename_in_events: take what is known about a customer out of the events of jobs, a part in each call. A stream cannot
-- be edited, so the events are copied under the same ids; the call that copies the last one puts the copy in its place.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] token of the lock   ARGV[2] how long the lock lasts, ms   ARGV[3] the name   ARGV[4] the name as Python's JSON
-- has it   ARGV[5] entries to copy at most   ARGV[6] 1 to begin anew
--
-- Returns 1, or 0 when more is to be copied. Fails with LOST when another worker has the lock. No event.
-- Cost O(ARGV[5]); meanwhile the memory of the copy.
--
-- Of the events of jobs in rewritten_jobs, and of those whose data have the name as a text, only what counts stays:
-- outcome, code, times and numbers. Readers find the texts that they need, as `forgotten`.

if redis.call('GET', KEY.forgetting_lock()) ~= ARGV[1] then error({ err = 'LOST the lock' }) end
redis.call('PEXPIRE', KEY.forgetting_lock(), ARGV[2])
look_for(ARGV[3], ARGV[4])
local COPY, most = KEY.rewritten(), tonumber(ARGV[5])
if ARGV[6] == '1' then redis.call('UNLINK', COPY) end

local PLAIN = { 'due_ms', 'attempts_made', 'in_doubt', 'progress', 'large', 'priority', 'fields' }
local WORDS = { 'outcome', 'code', 'channel' }
local TEXTS = { 'message', 'line', 'snoozed' }

local function bare(data)
  local kept = {}
  for _, name in ipairs(PLAIN) do kept[name] = data[name] end
  for _, name in ipairs(WORDS) do if data[name] ~= NAME then kept[name] = data[name] end end
  for _, name in ipairs(TEXTS) do if data[name] ~= nil then kept[name] = 'forgotten' end end
  if data.progress_data ~= nil then kept.progress_data = cjson.null end
  if type(data.error) == 'table' then kept.error = bare(data.error) end
  return kept
end

local function bare_text(text)
  local is_json, data = pcall(cjson.decode, text)
  if not is_json or type(data) ~= 'table' then return 'null' end
  return cjson.encode(bare(data))
end

local function renamed(ids, text)
  if text == '{}' then return text end
  local texts, told, same = {}, {}, true
  for one in (text .. '\n'):gmatch('(.-)\n') do texts[#texts + 1] = one end
  local are_own = redis.call('SMISMEMBER', KEY.rewritten_jobs(), unpack(ids))
  for i, is_own in ipairs(are_own) do
    local one = texts[#texts == 1 and 1 or i] or '{}'
    told[i] = one ~= '{}' and (is_own == 1 or has_name(one)) and bare_text(one) or one
    same = same and told[i] == told[1]
  end
  return same and told[1] or table.concat(told, '\n')
end

local last = redis.call('XREVRANGE', COPY, '+', '-', 'COUNT', 1)[1]
local rows = redis.call('XRANGE', KEYS[1], last and '(' .. last[1] or '-', '+', 'COUNT', most)
for _, row in ipairs(rows) do
  local fields, ids = row[2], {}
  for id in fields[4]:gmatch('%S+') do ids[#ids + 1] = id end
  fields[10] = renamed(ids, fields[10])
  redis.call('XADD', COPY, row[1], unpack(fields))
end
if #rows == most then return 0 end

local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if first then
  redis.call('XTRIM', COPY, 'MINID', first[1]) -- what was trimmed meanwhile
  local about, info = redis.call('XINFO', 'STREAM', KEYS[1]), {}
  for i = 1, #about, 2 do info[about[i]] = about[i + 1] end
  redis.call('XSETID', COPY, info['last-generated-id'], 'ENTRIESADDED', info['entries-added'], 'MAXDELETEDID',
    info['max-deleted-entry-id'])
  redis.call('RENAME', COPY, KEYS[1])
end
return 1
