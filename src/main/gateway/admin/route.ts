import { z } from '@hono/zod-openapi'
import { ToolDetail, ToolRows } from '../../../shared/catalog-rows'
import { ClosedChange, HeldChange } from '../../../shared/changes'
import { CatalogTool, ClientView, ClientWithToken, GatewayStatus, GroupRecord, Problem, ServerView } from '../../../shared/records'
import { SettingsView } from '../../../shared/settings'
import { GatewayStats } from '../../../shared/stats'

/** Records under the names that the API's description gives them. */
export const schemas = {
  CatalogTool: CatalogTool.meta({ id: 'CatalogTool' }),
  ClientView: ClientView.meta({ id: 'Client' }),
  ClientWithToken: ClientWithToken.meta({ id: 'ClientWithToken' }),
  GatewayStats: GatewayStats.meta({ id: 'Stats' }),
  ClosedChange: ClosedChange.meta({ id: 'ClosedChange' }),
  GatewayStatus: GatewayStatus.meta({ id: 'Status' }),
  GroupRecord: GroupRecord.meta({ id: 'Group' }),
  HeldChange: HeldChange.meta({ id: 'HeldChange' }),
  Problem: Problem.meta({ id: 'Problem' }),
  ServerView: ServerView.meta({ id: 'Server' }),
  SettingsView: SettingsView.meta({ id: 'Settings' }),
  ToolDetail: ToolDetail.meta({ id: 'ToolDetail' }),
  ToolRows: ToolRows.meta({ id: 'ToolRows' }),
}

/** A JSON answer. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON body that must be there. */
export const body = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  ...json(schema, description),
  required: true as const,
})

/** Answer of a route that removes something. */
export const gone = { 204: { description: 'It is gone' } } as const

/** One thing of a kind, by its id or by its exact name. */
export const One = z.object({ id: z.string().min(1).max(200).meta({ description: 'Its id, or its exact name' }) })

/** The id that was given, or the id of the thing of that name. An unknown one is handed on: who owns the things knows what to say. */
export const idOf = (things: readonly { readonly id: string; readonly name: string }[], given: string): string =>
  (things.find((thing) => thing.id === given) ?? things.find((thing) => thing.name === given))?.id ?? given
