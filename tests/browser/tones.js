// Put into a page before it loads: the microphone is a tone of `hertz`, and loudest() tells what the person hears.
((hertz) => {
  const context = new AudioContext();
  const microphone = () => {
    const tone = context.createOscillator();
    const level = context.createGain();
    const out = context.createMediaStreamDestination();
    tone.frequency.value = hertz;
    level.gain.value = 0.4;
    tone.connect(level).connect(out);
    tone.start();
    void context.resume();
    return out.stream;
  };
  navigator.mediaDevices.getUserMedia = async () => microphone();
  window.loudest = async () => {
    const player = document.querySelector("#remote");
    if (!player?.srcObject?.getAudioTracks().length) return 0;
    if (window.heard !== player.srcObject) {
      window.heard = player.srcObject;
      window.ear = context.createAnalyser();
      window.ear.fftSize = 8192;
      window.ear.smoothingTimeConstant = 0;
      context.createMediaStreamSource(player.srcObject).connect(window.ear);
    }
    const bins = new Float32Array(window.ear.frequencyBinCount);
    window.ear.getFloatFrequencyData(bins);
    const at = bins.reduce((best, one, index) => (one > bins[best] ? index : best), 0);
    return bins[at] < -60 ? 0 : (at * context.sampleRate) / window.ear.fftSize;
  };
})(HERTZ);
