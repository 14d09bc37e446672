// The look the page asked for, laid over the theme as custom properties.

const NAMES = {
  colorPrimary: ['--primary', 'color'],
  colorBackground: ['--background', 'color'],
  colorText: ['--text', 'color'],
  colorTextSecondary: ['--text-secondary', 'color'],
  colorDanger: ['--danger', 'color'],
  borderRadius: ['--radius', 'border-radius'],
  fontSizeBase: ['--font-size', 'font-size'],
  fontFamily: ['--font', 'font-family'],
  spacingUnit: ['--unit', 'width'],
};

export function wear(appearance = {}) {
  const root = document.documentElement;
  root.dataset.theme = ['stripe', 'night', 'flat'].includes(appearance?.theme) ? appearance.theme : 'stripe';
  for (const [name, [property, kind]] of Object.entries(NAMES)) {
    const value = appearance?.variables?.[name];
    if (value && CSS.supports(kind, value)) root.style.setProperty(property, value);
    else root.style.removeProperty(property);
  }
}
