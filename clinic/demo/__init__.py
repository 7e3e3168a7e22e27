"""The demo clinic: invented content, and a diary that looks lived in."""
