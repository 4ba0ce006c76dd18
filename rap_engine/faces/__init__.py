"""Faces: found in photos and turned into keys of their own. Off unless the operator turns it on."""

from rap_engine.faces.face import Face, main_face
from rap_engine.faces.protocol import FaceDetector, FaceEncoder
from rap_engine.faces.reader import FaceReader, load_face_reader

__all__ = ["Face", "FaceDetector", "FaceEncoder", "FaceReader", "load_face_reader", "main_face"]
