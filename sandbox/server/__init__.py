"""The departments' side of the protocols: REST, SOAP, SFTP and front-end databases, in one process."""
