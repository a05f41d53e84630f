import {
  artifactAddress,
  checkAddress,
  compareAddress,
  downloadAddress,
  failuresAddress,
  modelAddress,
  modelOf,
  publishAddress,
  signInAddress,
  versionAddress,
} from '../../src/core/addresses.js';

test.each([
  [modelAddress('speech'), '/models/speech'],
  [modelAddress('org/DTLN'), '/models/org/DTLN'],
  [versionAddress('org/DTLN', 3), '/models/org/DTLN/versions/3'],
  [versionAddress('speech', 'production'), '/models/speech/versions/production'],
  [downloadAddress('org/DTLN', 3), '/models/org/DTLN/versions/3/artifact'],
  [artifactAddress('sha256:00'), '/artifacts/sha256:00'],
  [publishAddress('org/DTLN'), '/publish?model=org%2FDTLN'],
  [compareAddress('org/DTLN@1', 'speech@prod'), '/compare?base=org%2FDTLN%401&compare=speech%40prod'],
  [checkAddress('a+/='), '/checks/a%2B%2F%3D'],
  [failuresAddress(), '/checks?outcome=FAIL'],
  [failuresAddress('org/DTLN'), '/checks?model=org%2FDTLN&outcome=FAIL'],
  [signInAddress('/audit?over=-1'), '/sign-in?next=%2Faudit%3Fover%3D-1'],
])('an address is %s', (made, address) => {
  expect(made).toBe(address);
});

test.each(['?token=x', '#', 'a b', 'a%2fb'])('what is no name, %s, leads nowhere else', (text) => {
  const { pathname, search, hash } = new URL(`${modelAddress(text)}/versions`, 'http://registry.test');
  expect([decodeURIComponent(pathname), search, hash]).toEqual([`/models/${text}/versions`, '', '']);
});

test.each([
  [{ model: 'speech' }, 'speech'],
  [{ namespace: 'org', model: 'DTLN' }, 'org/DTLN'],
  [{ model: 'org%2FDTLN' }, 'org/DTLN'],
  [{ model: 'org%2fDTLN' }, 'org/DTLN'],
])('the parameters %j of an address name %s', (parameters, name) => {
  expect(modelOf(parameters)).toBe(name);
});
