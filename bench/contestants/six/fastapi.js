export { app } from '../fastapi.js'
