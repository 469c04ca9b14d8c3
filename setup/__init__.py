"""Set-up steps that run before any package is installed; standard library only."""
