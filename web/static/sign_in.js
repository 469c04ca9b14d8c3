// The log-in page and other pages without the frame: light or dark, and nothing else.
import { startTheme } from "./theme.js";

startTheme();
