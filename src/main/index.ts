import { openDaemon } from './daemon'
import { runApp } from './desktop/app'

runApp(openDaemon)
