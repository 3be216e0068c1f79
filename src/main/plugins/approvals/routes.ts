import { createRoute, z } from '@hono/zod-openapi'
import { Approval, ApprovalStatus, Grant, GrantScope } from '../../../shared/records'
import { ApprovalReview } from '../../../shared/review'
import { argumentsIn, json, lenientJson, newRoutes, only } from '../routes'
import type { ApprovalDesk } from './desk'
import { approvalLimits } from './limits'
import { notFound } from './refusals'

const readers = only(['admin', 'approver', 'desktop'], 'Approvals are read with the admin token or the approver credential.')
const deciders = only(
  ['approver', 'desktop'],
  'Only a person decides: use the approver credential, which the gateway shows once at its start or takes from $FAST_GATEWAY_APPROVER_TOKEN. The admin token and client tokens cannot.',
  'auth.approver_required',
)

const ById = z.object({ id: z.string() })
const Pending = Approval.extend({ waiting: z.number().int() })
const reason = z.string().max(approvalLimits.reasonChars).optional()
const Denial = z.strictObject({ reason })
const AllDenial = z.strictObject({ client: z.string().optional(), reason })
const Yes = z.strictObject({
  reason,
  /** What is to run instead; must fit the tool's input schema. */
  arguments: z.record(z.string(), z.unknown()).optional(),
  /** Lets later calls run unasked. `expires_in_seconds`: absent = the scope's usual time, null = its longest. */
  grant: z.strictObject({ scope: GrantScope.exclude(['once']), expires_in_seconds: z.number().int().min(1).nullish() }).optional(),
})
const Decided = z.object({ id: z.string(), tool_name: z.string(), approved: z.boolean(), approval: Approval })
const HistoryQuery = z.object({ status: ApprovalStatus.optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) })

const listPending = createRoute({
  method: 'get',
  path: '/pending',
  middleware: readers,
  responses: { 200: json(z.array(Pending), 'What waits for a person') },
})
const getPending = createRoute({
  method: 'get',
  path: '/pending/{id}',
  middleware: readers,
  request: { params: ById },
  responses: { 200: json(Pending, 'One that waits, with complete arguments') },
})
const review = createRoute({
  method: 'get',
  path: '/pending/{id}/review',
  middleware: readers,
  request: { params: ById },
  responses: { 200: json(ApprovalReview, 'Everything that a person needs to decide') },
})
const approve = createRoute({
  method: 'post',
  path: '/pending/{id}/approve',
  middleware: [deciders, lenientJson],
  request: { params: ById, body: json(Yes, 'May be left out') },
  responses: { 200: json(Decided, 'Approved: every call that waits for it runs') },
})
const deny = createRoute({
  method: 'post',
  path: '/pending/{id}/deny',
  middleware: [deciders, lenientJson],
  request: { params: ById, body: json(Denial, 'The reason is given to the model') },
  responses: { 200: json(Decided, 'Denied') },
})
const denyAll = createRoute({
  method: 'post',
  path: '/deny',
  middleware: [deciders, lenientJson],
  request: { body: json(AllDenial, 'Without a client, all that waits is denied') },
  responses: { 200: json(z.object({ denied: z.number().int() }), 'How many were denied') },
})
const history = createRoute({
  method: 'get',
  path: '/history',
  middleware: readers,
  request: { query: HistoryQuery },
  responses: { 200: json(z.array(Approval), 'Newest first, arguments redacted') },
})
const recorded = createRoute({
  method: 'get',
  path: '/history/{id}',
  middleware: readers,
  request: { params: ById },
  responses: { 200: json(Approval, 'One that waits or was decided, arguments redacted') },
})
const listGrants = createRoute({
  method: 'get',
  path: '/grants',
  middleware: readers,
  responses: { 200: json(z.array(Grant), 'Standing permissions, and tickets for calls that are to come back') },
})
const removeGrant = createRoute({
  method: 'delete',
  path: '/grants/{id}',
  middleware: deciders,
  request: { params: ById },
  responses: { 204: { description: 'Revoked' } },
})

const decided = (approval: Approval) => ({
  id: approval.id,
  tool_name: approval.tool_name,
  approved: approval.status === 'approved',
  approval,
})

/** `/admin/hil`: what waits, what was decided, and the decisions, which only a person gives. */
export const approvalRoutes = (desk: ApprovalDesk) =>
  newRoutes()
    .openapi(listPending, (c) => c.json(desk.pending(), 200))
    .openapi(getPending, (c) => {
      const { id } = c.req.valid('param')
      const found = desk.pending().find((approval) => approval.id === id)
      if (!found) throw notFound(id)
      return c.json(found, 200)
    })
    .openapi(review, (c) => c.json(desk.review(c.req.valid('param').id), 200))
    .openapi(approve, async (c) => {
      const decision = { ...c.req.valid('json'), approve: true, arguments: await argumentsIn(c), by: c.env.principal }
      return c.json(decided(desk.decide(c.req.valid('param').id, decision)), 200)
    })
    .openapi(deny, (c) => {
      const decision = { approve: false, reason: c.req.valid('json').reason, by: c.env.principal }
      return c.json(decided(desk.decide(c.req.valid('param').id, decision)), 200)
    })
    .openapi(denyAll, (c) => c.json({ denied: desk.denyAll({ ...c.req.valid('json'), by: c.env.principal }) }, 200))
    .openapi(recorded, (c) => c.json(desk.recorded(c.req.valid('param').id), 200))
    .openapi(history, (c) => c.json(desk.history(c.req.valid('query')), 200))
    .openapi(listGrants, (c) => c.json(desk.grants(), 200))
    .openapi(removeGrant, (c) => {
      desk.revokeGrant(c.req.valid('param').id)
      return c.body(null, 204)
    })
export type ApprovalRoutes = ReturnType<typeof approvalRoutes>
