"""Updates from polling or webhook: committed in the inbox first, acknowledged then."""
