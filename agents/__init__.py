"""Agents, queues and the dispatcher that brings callers and agents together."""
