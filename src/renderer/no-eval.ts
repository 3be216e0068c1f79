import * as z from 'zod'

// Imported before any schema is made: zod would try whether it may make code from text, which the page's policy forbids and reports.
z.config({ jitless: true })
