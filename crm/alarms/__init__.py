"""Alarm dates: days of records that their experts are told of ahead."""
