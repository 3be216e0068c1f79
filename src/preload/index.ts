import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge, BridgeReply } from '../shared/bridge'

const bridge: Bridge = {
  request: async (request) => (await ipcRenderer.invoke('gateway:request', request)) as BridgeReply,
}

contextBridge.exposeInMainWorld('gateway', bridge)
