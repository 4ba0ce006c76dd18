"""PostgreSQL and Valkey from wheels: no Docker, no root, no installed server."""
