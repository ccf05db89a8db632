// The peer's HTTP: Fastify checks what is asked for and answers 202, BullMQ queues it.
'use strict'

const cluster = require('node:cluster')
const { Queue } = require('bullmq')
const { fastify } = require('fastify')
const { connect, createShow } = require('./state')

const processes = Number(process.env.WEB_PROCESSES)
if (processes > 1 && cluster.isPrimary) {
  for (let number = 0; number < processes; number++) cluster.fork()
  return
}

const redis = connect()
const jobs = new Queue('jobs', { connection: redis })
const reservations = new Queue('reservations', { connection: redis })
const app = fastify({ bodyLimit: 4_194_304 })

const text = { type: 'string' }
const job = {
  type: 'object',
  required: ['type'],
  additionalProperties: false,
  properties: { type: { type: 'string', maxLength: 64 }, data: { type: 'object' } }
}
const taken = { type: 'object', properties: { id: text, state: text, links: { type: 'object', properties: { self: text } } } }
const many = { type: 'object', properties: { jobs: { type: 'array', items: text } } }

function accepted (reply, id, path) {
  const self = `${path}/${id}`
  return reply.code(202).header('Location', self).send({ id, state: 'queued', links: { self } })
}

app.post('/jobs', { schema: { body: job, response: { 202: taken } } }, async (request, reply) => {
  const { type, data = {} } = request.body
  return accepted(reply, (await jobs.add(type, data)).id, '/jobs')
})

app.post('/jobs/bulk', {
  schema: { body: { type: 'array', items: job, minItems: 1, maxItems: 10_000 }, response: { 202: many } }
}, async (request, reply) => {
  const added = await jobs.addBulk(request.body.map(({ type, data = {} }) => ({ name: type, data })))
  return reply.code(202).send({ jobs: added.map(one => one.id) })
})

app.post('/shows/:show/reservations', {
  schema: {
    body: {
      type: 'object',
      required: ['quantity', 'customer'],
      additionalProperties: false,
      properties: { quantity: { type: 'integer', minimum: 1 }, customer: text }
    },
    response: { 202: taken }
  }
}, async (request, reply) => {
  const added = await reservations.add('reserve', { show: request.params.show, ...request.body })
  return accepted(reply, added.id, '/reservations')
})

app.get('/reservations/:id', async (request, reply) => {
  const found = await reservations.getJob(request.params.id)
  return found ? { id: found.id, state: found.returnvalue ?? await found.getState() } : reply.code(404).send()
})

app.put('/shows/:show', async request => {
  await createShow(redis, request.params.show, request.body.capacity, request.body.hold_ms)
  return { id: request.params.show }
})

app.get('/shows/:show', async request => ({ held: Number(await redis.hget(`show:${request.params.show}`, 'held')) }))

app.get('/stats', async () => ({ complete: await jobs.getCompletedCount() }))

app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
