"""SOAP: a service of pages, answers in several parts, faults."""
