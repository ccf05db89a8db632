-- claims: a job that some worker has claimed: what its record says, whose it is, and until when.

-- The fields that the scripts about running jobs need; nil for an unknown id.
local function running(id)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, FIELD.claims, 'off', 'stalls', 'max',
    'backoff', 'ttl', 'ends', 'limit', 'key', 'unique')
  if not f[1] then return nil end
  return {
    state = f[1], type = f[2], batch = f[3] or '',
    claims = tonumber(f[4] or 0), -- deliveries claimed; the last one is the fence
    off = tonumber(f[5] or 0),    -- claims that are no attempts: the lease was lost, or a replay wrote them off
    stalls = tonumber(f[6] or 0), -- leases lost since the job was submitted or replayed
    max = tonumber(f[7] or 1), backoff = f[8], ttl = tonumber(f[9] or 0), ends = tonumber(f[10] or 0),
    limit = tonumber(f[11] or 0), -- unix ms at which the attempt fails, 0 = never
    key = f[12], unique = f[13],
  }
end

-- Is this job still the one that was claimed with `fence`?
local function ours(job, fence) return job and job.state == 'active' and job.claims == tonumber(fence) end

-- When maintenance has to look at an active job: its lease, ttl or time limit runs out, whichever is first.
local function heard_by(job, lease)
  local deadline = now + lease
  if job.ends > 0 and job.ends < deadline then deadline = job.ends end
  if job.limit > 0 and job.limit < deadline then deadline = job.limit end
  return deadline
end
