"""export - fitted scikit-learn pipelines, LIBLINEAR and fastText models as winnow models.

    from winnow_train.export import export_pipeline, save
    save(export_pipeline(pipeline, probes=texts), "model.winnow")

Reading order: pipeline (takes apart, proves equal), features (transformers), text and pattern
(vectorizers), heads and wrappers (classifiers), assemble (the manifest), command (the command line).
"""

from .errors import ExportError
from .tool import save

__all__ = ["ExportError", "export_pipeline", "save"]


def __getattr__(name):
    if name == "export_pipeline":  # needs scikit-learn, the rest does not
        from .pipeline import export_pipeline

        return export_pipeline
    raise AttributeError(name)
