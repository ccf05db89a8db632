-- deadlines: when holds are due, and freeing due holds.
--
-- Holds that become due at the same moment share members of the index, with blanks between their ids: a member for each
-- hold would take nearly as much memory as the hold itself.

local MEMBER_HOLDS = 24 -- in one member of the index of deadlines: whenever a hold leaves it, it is written again

local timed, left = {}, {} -- ids of those with a new deadline, in their order; hold id -> its deadline in the index
local members, member_of = {}, {} -- of that index, as read: text -> {text, deadline, ids}; hold id -> its member
local reaped, all_reaped = 0, false -- how many whole members this script has freed; and whether no more are due

-- Give a hold another deadline; false: it is never due again. `hold` is the hold before, nil for a new one.
local function set_deadline(id, hold, deadline)
  if deadlines[id] == nil then
    timed[#timed + 1], left[id] = id, hold and hold[EXPIRES]
  end
  deadlines[id] = deadline
end

-- End a hold whose deadline is past. It ended at its deadline, not now.
local function expire(id, hold)
  shift(hold, -1, 0, -1)
  set_deadline(id, hold, false)
  hold[STATE], hold[FINISHED] = 'expired', hold[EXPIRES]
  keep(id, hold)
  add_change('expired', id, {'lines', shown_lines(hold[LINES]), 'was', '"held"'})
end

-- End a hold or a sale because somebody gives it back.
local function let_go(id, hold)
  local was = hold[STATE]
  if was == 'held' then
    shift(hold, -1, 0, -1)
    set_deadline(id, hold, false)
  else
    shift(hold, 0, -1, -1)
  end
  hold[STATE], hold[FINISHED] = 'released', NOW
  keep(id, hold)
  add_change('released', id, {'lines', shown_lines(hold[LINES]), 'was', '"' .. was .. '"'})
end

-- A member as it was read.
local function member_from(text, deadline)
  local member = members[text]
  if not member then
    member = {text = text, deadline = deadline, ids = {}}
    for id in text:gmatch('%S+') do
      member.ids[#member.ids + 1], member_of[id] = id, member
    end
    members[text] = member
  end
  return member
end

-- Free at most `limit` due holds, oldest deadline first. Returns how many it freed.
local function reap(limit)
  local freed = 0
  while not all_reaped and freed < limit do
    local size = math.min(limit - freed, CHUNK)
    local due, at = redis.call('ZRANGE', EXP, '-inf', NOW, 'BYSCORE', 'LIMIT', reaped, size, 'WITHSCORES'), 1
    while at < #due do
      local ids = {}
      while at < #due and #ids < size do
        for _, id in ipairs(member_from(due[at], due[at + 1]).ids) do ids[#ids + 1] = id end
        at = at + 2
      end
      fetch(ids)
      for _, id in ipairs(ids) do
        if not changed[id] then
          if freed == limit then return freed end
          local hold = hold_of(id)
          if not hold or hold[STATE] ~= 'held' then impossible('%s is in the expiry index but not held', id) end
          expire(id, hold)
          freed = freed + 1
        end
      end
    end
    reaped = reaped + #due / 2
    all_reaped = #due < 2 * size
  end
  return freed
end

-- The members that the index loses, and what it gets, {deadline, member, deadline, member, ...}: if a hold leaves a
-- member, the others stay together. The audit reports a hold that is missing in the index. This makes as few tables as
-- possible: they cost more than anything else here.
local function reindexed()
  local out, into, read, together, coming = {}, {}, nil, nil, nil
  for _, id in ipairs(timed) do
    local deadline = left[id]
    if deadline and not member_of[id] and not (read and read[deadline]) then
      if redis.call('ZSCORE', EXP, id) then
        out[#out + 1] = id -- it has a member of its own
      else
        local moment = string.format('%d', deadline)
        for _, text in ipairs(redis.call('ZRANGE', EXP, moment, moment, 'BYSCORE')) do member_from(text, moment) end
        read = read or {}
        read[deadline] = true
      end
    end
  end
  for _, id in ipairs(timed) do
    local member, deadline = left[id] and member_of[id], deadlines[id]
    if member and not member.is_out then
      local stay = {}
      for _, other in ipairs(member.ids) do
        if deadlines[other] == nil then stay[#stay + 1] = other end
      end
      member.is_out, out[#out + 1] = true, member.text
      if #stay > 0 then into[#into + 1], into[#into + 2] = member.deadline, table.concat(stay, ' ') end
    end
    if deadline then
      together, coming = together or {}, coming or {}
      local ids = together[deadline]
      if not ids or #ids == MEMBER_HOLDS then
        ids = {}
        together[deadline], coming[#coming + 1], coming[#coming + 2] = ids, deadline, ids
      end
      ids[#ids + 1] = id
    end
  end
  for n = 1, coming and #coming or 0, 2 do
    into[#into + 1], into[#into + 2] = string.format('%d', coming[n]), table.concat(coming[n + 1], ' ')
  end
  return out, into
end

-- Have maintenance look when the first of these deadlines comes, unless it looks earlier.
local function note_deadlines()
  local first
  for _, deadline in pairs(deadlines) do
    if deadline and (not first or deadline < first) then first = deadline end
  end
  if first then redis.call('ZADD', LOOKS, 'LT', string.format('%d', first), TARGET) end
end
