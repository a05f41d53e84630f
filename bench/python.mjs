// Python of the system, where packages of it put onnx.
export const PYTHON = process.env.WEIGHBRIDGE_PYTHON ?? '/usr/bin/python3';
