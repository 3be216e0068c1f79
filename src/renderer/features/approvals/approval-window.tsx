/** The small window in which one call is decided. */
export const ApprovalWindow = () => <main className="approval raised" />
