/** The first run. */
export const WelcomePage = () => <main className="welcome" />
