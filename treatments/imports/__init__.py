"""Articles from files: Markdown with YAML front matter, as `docs/articles.md` describes and `treatments.exports` writes.

A file is read (`files`), its keys are understood (`fields`), and one article is written (`writing`), in one transaction of its own.
"""

from treatments.imports.files import BadFile, find_files
from treatments.imports.run import Outcome, State, import_articles

__all__ = ["BadFile", "Outcome", "State", "find_files", "import_articles"]
