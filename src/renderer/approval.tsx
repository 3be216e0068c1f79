import './no-eval'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApprovalWindow } from './features/approvals/approval-window'
import { openPage } from './open-page'

const root = openPage()
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ApprovalWindow />
    </StrictMode>,
  )
}
