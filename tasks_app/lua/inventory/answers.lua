-- answers: the requests of a script, and an answer to each.

-- Answers, as JSON: {"status", "hold"} or {"status": "refused", "code", ...}.
local function answer(status, id)
  return '{"status":"' .. status .. '","hold":' .. texts[id] .. '}'
end

local function refuse(code, numbers)
  numbers = numbers or {}
  numbers.status, numbers.code = 'refused', code
  return cjson.encode(numbers)
end

-- The requests: from JSON, or as a job's script has built them.
local function asked()
  return type(ARGV[1]) == 'table' and ARGV[1] or cjson.decode(ARGV[1])
end

-- Reads the holds of requests [operation id, hold id, ...], and into `first` what each operation was answered before.
local function recall(requests, first)
  local operations, ids = {}, {}
  for i, request in ipairs(requests) do operations[i], ids[i] = request[1], request[2] end
  for i, reply in ipairs(redis.call('HMGET', OPS, unpack(operations))) do first[operations[i]] = reply end
  fetch(ids)
end

-- One answer for each of the requests.
local function each(requests, decide)
  local answers = {}
  for i, request in ipairs(requests) do
    answers[i] = meta and decide(unpack(request)) or refuse('unknown_inventory')
  end
  return answers
end
