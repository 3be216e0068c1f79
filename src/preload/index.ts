import type { IpcRendererEvent } from 'electron'
import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge, BridgeReply } from '../shared/bridge'
import type { GatewayEvent } from '../shared/events'

const bridge: Bridge = {
  request: async (request) => (await ipcRenderer.invoke('gateway:request', request)) as BridgeReply,
  onEvent(listener) {
    const hear = (_event: IpcRendererEvent, told: GatewayEvent) => listener(told)
    ipcRenderer.on('gateway:event', hear)
    return () => ipcRenderer.off('gateway:event', hear)
  },
}

contextBridge.exposeInMainWorld('gateway', bridge)
