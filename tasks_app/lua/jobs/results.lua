-- results: the form in which a record keeps a result.

-- What a record keeps of a result: only the word if the result is just an outcome, and nothing if it is null
-- (record_values.py).
local function kept_result(result)
  if result == 'null' then return nil end
  local word = result:match('^{"outcome":"(%l+)"}$')
  return word and word ~= 'true' and word ~= 'false' and word ~= 'null' and word or result
end
