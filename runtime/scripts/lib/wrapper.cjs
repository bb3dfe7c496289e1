// How the bundle's text becomes a function; recorder and executable must agree to the letter.
exports.FILE_NAME = 'aim-runtime';
exports.wrapPart = (source) => `(function(require,module,exports){${source}\n})`;
exports.wrap = (source) => `(function(require){${source}\n})`;
