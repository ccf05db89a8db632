// The peer's worker: no-op jobs and reservations, one queue each.
'use strict'

const { Worker } = require('bullmq')
const { connect, hold } = require('./state')

const connection = connect()
const options = {
  connection,
  concurrency: Number(process.env.CONCURRENCY),
  removeOnComplete: { count: Number(process.env.KEEP_COUNT) },
  removeOnFail: { count: Number(process.env.KEEP_COUNT) }
}
const workers = [
  new Worker('jobs', async () => null, options),
  new Worker('reservations', async job => {
    const { show, quantity, customer } = job.data
    return hold(connection, job.id, show, quantity, customer)
  }, options)
]
for (const worker of workers) {
  worker.on('error', error => console.error(error)) // without a listener it would stop the process
}
process.on('SIGTERM', async () => {
  await Promise.all(workers.map(worker => worker.close()))
  process.exit(0)
})
