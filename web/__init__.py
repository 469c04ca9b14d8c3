"""Pages, API and websocket: what people see."""
